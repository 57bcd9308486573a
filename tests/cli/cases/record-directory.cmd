mkdir d
recount record -o d sh -c 'echo ran'
