-- A bit of everything that Lua's C code does, with nothing that depends on addresses, the clock or chance.
math.randomseed(42)

local function section(name, ...)
    print(("%-12s"):format(name), ...)
end

-- closures and varargs
local function counter(step)
    local n = 0
    return function(...) n = n + step * select("#", ...) return n end
end
local by_two = counter(2)
for i = 1, 2000 do by_two(table.unpack({1, 2, 3}, 1, i % 3 + 1)) end
section("closures", by_two())

-- recursion, integers and floats
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local sum = 0.0
for i = 1, 5000 do sum = sum + math.sin(i) * math.sqrt(i) // 1 end
section("numbers", fib(21), ("%.6f"):format(sum), 7 // 2, -7 % 3, 1 << 40, 2 ^ 53)

-- strings: patterns, format, pack, gsub with function, table and string
local text = ("the quick brown fox jumps over the lazy dog "):rep(200)
local words = {}
for word in text:gmatch("%a+") do words[word] = (words[word] or 0) + 1 end
local names = {}
for word in pairs(words) do names[#names + 1] = word end
table.sort(names)
section("strings", #names, table.concat(names, ","), words.the)
section("gsub", (text:gsub("%w+", string.upper)):sub(1, 20), (text:gsub("(%w+) (%w+)", "%2 %1")):sub(1, 20),
    select(2, text:gsub("o", {o = "0"})))
local packed = {}
for i = 1, 500 do packed[i] = string.pack("<i4s1d", i, "n" .. i, i / 3) end
local total = 0
for _, p in ipairs(packed) do local i, s, d = string.unpack("<i4s1d", p) total = total + i + #s + d end
section("pack", ("%.3f"):format(total), utf8.char(228, 8364, 128512), utf8.len("äöü€"))
local long = {}
for i = 1, 3000 do long[#long + 1] = ("%d:%5.2f:%q:%x"):format(i, i / 7, "s" .. i, i) end
section("format", #table.concat(long))

-- tables: sorting with and without a function, removal, move, a comparison that fails
local list = {}
for i = 1, 5000 do list[i] = math.random(1000000) end
table.sort(list)
table.sort(list, function(a, b) return a % 1000 < b % 1000 or (a % 1000 == b % 1000 and a < b) end)
section("sort", list[1], list[2500], list[5000])
for i = 1, 1000 do table.remove(list, i * 2) table.insert(list, i, i) end
table.move(list, 1, 1000, 3000)
section("move", #list, pcall(table.sort, {3, "x", 1}))

-- metatables and inheritance
local Shape = {} Shape.__index = Shape
Shape.__add = function(a, b) return setmetatable({size = a.size + b.size}, Shape) end
Shape.__lt = function(a, b) return a.size < b.size end
Shape.__tostring = function(s) return "shape " .. s.size end
Shape.__close = function(s) s.closed = true end
function Shape:area() return self.size * self.size end
local Square = setmetatable({}, {__index = Shape})
local acc = setmetatable({size = 1}, Shape)
for i = 1, 3000 do
    local s = setmetatable({size = i}, {__index = Square})
    acc = acc + setmetatable({size = s:area() % 7}, Shape)
end
section("metatables", tostring(acc), acc < setmetatable({size = 1e9}, Shape))
local kept
do local s <close> = setmetatable({size = 1}, Shape) kept = s end
section("close", kept.closed)

-- coroutines: generators, errors inside, wrap, close, yields across pcall
local function tree(depth)
    if depth > 0 then tree(depth - 1) coroutine.yield(depth) tree(depth - 1) end
end
local yielded = 0
for depth in coroutine.wrap(function() tree(12) end) do yielded = yielded + depth end
section("coroutines", yielded)
local failures = 0
for i = 1, 500 do
    local co = coroutine.create(function(a)
        local ok, got = pcall(function() return coroutine.yield(a) + 1 end)
        if i % 5 == 0 then error({code = i}) end
        return ok, got
    end)
    coroutine.resume(co, i)
    local ok = coroutine.resume(co, i % 2 == 0 and i or nil)
    if not ok then failures = failures + 1 end
    if i % 7 == 0 then
        local stopped = coroutine.create(function() local c <close> = setmetatable({}, Shape) coroutine.yield() end)
        coroutine.resume(stopped)
        coroutine.close(stopped)
    end
end
section("failures", failures)

-- errors: longjmp through C and Lua frames, handlers, errors in metamethods, deep stacks
local caught = 0
local function deep(n) if n == 0 then error("deep", 2) end return 1 + deep(n - 1) end
for i = 1, 1000 do
    if not pcall(deep, i % 40) then caught = caught + 1 end
    if not pcall(string.rep) then caught = caught + 1 end
    if not xpcall(table.sort, function(m) return m .. "!" end, {2, 1, 3, 5}, function() error("cmp") end) then
        caught = caught + 1
    end
    if not pcall(string.gsub, "abc", "%w", function() error("in gsub") end) then caught = caught + 1 end
end
section("errors", caught, (select(2, pcall(error, "plain", 0))))
local overflow = function() local function f() return 1 + f() end return f() end
section("overflow", pcall(overflow) == false)
section("traceback", #debug.traceback("x", 1) > 10, debug.getinfo(1, "l").currentline)

-- the parser and the dumper, good and bad
local loaded = 0
for i = 1, 300 do
    local chunk = load(("local a, b = %d, {x = %d} return function(y) return a + b.x + (y or 0) end"):format(i, i * 2))
    loaded = loaded + load(string.dump(chunk))()(1)
    load("this is not lua " .. i)
end
section("load", loaded)

-- the collector: weak tables, finalizers, both modes
local finalized = 0
for _, mode in ipairs({"incremental", "generational"}) do
    collectgarbage(mode)
    local weak = setmetatable({}, {__mode = "v"})
    for i = 1, 5000 do
        weak[i] = {i}
        if i % 50 == 0 then setmetatable({}, {__gc = function() finalized = finalized + 1 end}) end
    end
    collectgarbage()
    local left = 0
    for _ in pairs(weak) do left = left + 1 end
    section("collect", mode, left, finalized)
end

-- files
local out = assert(io.open("out.txt", "w"))
for i = 1, 2000 do out:write(i, " ", i * i, "\n") end
out:close()
local lines, bytes = 0, 0
for a, b in io.lines("out.txt", "n", "n") do lines = lines + 1 bytes = bytes + b end
section("files", lines, bytes, os.remove("out.txt"), io.open("missing.txt"))
section("arguments", #arg, arg[1], arg[2])
os.exit(true, true)
