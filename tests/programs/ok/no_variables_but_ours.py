import os

print("seen" if "SECRET_OF_THE_CALLER" in os.environ else 42)
