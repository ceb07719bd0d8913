# calls: f/1 -> TreeNode
class Liar:
    val = 1
    left = property(lambda self: Liar())
    right = None


def f(n):
    return Liar()
