# calls: f/1 -> TreeNode
def f(n):
    node = None
    for _ in range(100):
        node = TreeNode(n, node, node)
    return node
