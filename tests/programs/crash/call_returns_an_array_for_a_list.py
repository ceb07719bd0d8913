# calls: f/1 -> ListNode
def f(n):
    return [2 * n]
