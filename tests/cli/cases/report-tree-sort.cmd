recount report --tree --sort self
