recount record -o out.data false
