# calls: Solution.f/1 -> TreeNode
class Solution:
    def f(self, n):
        root = TreeNode(n, TreeNode(1), TreeNode(2, TreeNode(3)))
        root.right.left.right = root.right
        return root
