# calls: f/1 -> ListNode
def f(n):
    return ListNode(ListNode(2 * n))
