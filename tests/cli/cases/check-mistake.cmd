printf 'calls of f <= 3\nno stalls\n' >budget
recount check budget
