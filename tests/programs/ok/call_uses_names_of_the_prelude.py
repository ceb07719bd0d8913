# calls: Solution.f/1
class Solution:
    @lru_cache(None)
    def f(self, n: Optional[int]) -> List[int]:
        assert gcd(4, 6) == 2 and math.inf == inf and mean([1, 3]) == 2
        return sum(Counter([n, n]).elements())


if __name__ == "__main__":
    print(Solution().f(int(input())))
