import builtins
import gc
import io
import random
import sys

real, number = print, int(input())
builtins.print = builtins.input = builtins.len = builtins.open = lambda *_: "poison"
sys.modules["heapq"] = sys.modules["collections"] = None
sys.setrecursionlimit(80)
sys.addaudithook(lambda event, _: None)
random.seed(number)
gc.disable()
io.TextIOWrapper = None
sys.path.clear()
real(2 * number)
