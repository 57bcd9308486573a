recount recrod ./app
