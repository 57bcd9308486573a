recount record -- sh -c 'exit 7'
