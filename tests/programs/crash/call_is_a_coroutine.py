# calls: f/1
async def f(n):
    return 2 * n
