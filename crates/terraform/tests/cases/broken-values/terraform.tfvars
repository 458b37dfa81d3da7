a = "given"
b = {
c = "perhaps given"
