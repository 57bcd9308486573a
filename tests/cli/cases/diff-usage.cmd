for words in '' 'a' 'a b c' 'vs b' 'a vs' 'a vs b vs c' '--times=mine a b' '--top=x a b' 'absent b'; do
    recount diff $words 2>&1 | head -1
done
