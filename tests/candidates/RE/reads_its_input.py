n = int(input())


def double(_):
    return 2 * n
