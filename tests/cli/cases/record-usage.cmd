for words in "-F many" "-F 0" "-F 1000000" "--timestamps=some" "--max-size=4K" "--max-size=big" "--max-size=-2G" "--bogus"; do
    recount record $words true
    echo "$words: $?"
done
ls
