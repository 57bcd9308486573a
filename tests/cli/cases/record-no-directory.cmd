recount record -o missing/file.data sh -c 'echo ran'
