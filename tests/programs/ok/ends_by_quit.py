print(int(input()) * 2)
quit()
print("never")
