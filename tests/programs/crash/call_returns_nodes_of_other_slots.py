# calls: f/1 -> ListNode
class ListNode:
    __slots__ = ("datum", "link")

    def __init__(self, datum):
        self.datum = datum
        self.link = None


def f(n):
    return ListNode(2 * n)
