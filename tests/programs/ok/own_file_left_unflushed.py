out = open(1, "w", closefd=False)
out.write(f"{2 * int(input())}\n")
