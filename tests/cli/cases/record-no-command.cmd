recount record -o file
