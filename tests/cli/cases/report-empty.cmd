: >empty; recount report -i empty
