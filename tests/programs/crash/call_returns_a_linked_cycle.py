# calls: f/1 -> ListNode
def f(n):
    tail = ListNode(n)
    head = tail
    for value in range(1000):
        head = ListNode(value, head)
    tail.next = head.next.next
    return head
