recount report --sort speed
