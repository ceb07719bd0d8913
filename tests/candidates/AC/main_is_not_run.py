def double(n):
    return 2 * n


if __name__ == "__main__":
    print(double(int(input())))
