print("\udc00")
