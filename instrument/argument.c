/*
 * The first argument of the function that called the entry hook. It is gone from its register by then, but the prologue
 * has put it somewhere first: the code from the function's start to the call of the hook is read for that move.
 */
#include "instrument/runtime.h"

#include "instrument/arch.h"

#include "instrument/safe.h"

#define PROLOGUE_MOST 256

/* One decoded instruction of a prologue: how long it is, and where it moves %rdi, if it does. */
struct move {
    int length; /* 0: not one that prologues are made of */
    bool saves_rdi, loses_rdi;
    int base; /* register number of the destination, or of its address */
    bool memory;
    int32_t offset;
};

/* A ModRM byte's operands (Intel SDM, volume 2, table 2-2). Returns the length with SIB and displacement. */
static int modrm(const unsigned char *at, bool rex_b, struct move *move) {
    int mod = at[0] >> 6, rm = at[0] & 7, length = 1;
    move->memory = mod != 3;
    move->base = rm | (rex_b ? 8 : 0);
    if (mod != 3 && rm == 4) {
        if ((at[1] & 7) != 4 || (at[1] >> 3 & 7) != 4)
            move->base = -1; /* indexed, or not from the stack pointer */
        length = 2;
    }
    if (mod == 1) {
        move->offset = (int8_t)at[length];
        length += 1;
    } else if (mod == 2 || (mod == 0 && rm == 5)) {
        memcpy(&move->offset, at + length, 4);
        length += 4;
        if (mod == 0)
            move->base = -1; /* relative to the instruction pointer */
    }
    return length;
}

static struct move decode_wide(const unsigned char *at, unsigned rex, bool fs) {
    struct move move = {.base = -1};
    int reg = (at[1] >> 3 & 7) | (rex & 4 ? 8 : 0);
    int operands = modrm(at + 1, rex & 1, &move);
    switch (at[0]) {
    case 0x89: /* mov reg, r/m */
        move.saves_rdi = reg == 7 && !fs;
        move.loses_rdi = !move.memory && move.base == 7;
        move.length = 1 + operands;
        break;
    case 0x8b: /* mov r/m, reg */
    case 0x8d: /* lea */
    case 0x33: /* xor r/m, reg */
        move.loses_rdi = reg == 7;
        move.length = 1 + operands;
        break;
    case 0x31: /* xor reg, r/m */
        move.loses_rdi = !move.memory && move.base == 7;
        move.length = 1 + operands;
        break;
    case 0x83: /* add, and, sub $imm8 */
        move.length = 2 + operands;
        break;
    case 0x81: /* … $imm32 */
    case 0xc7: /* mov $imm32, r/m */
        move.length = 5 + operands;
        break;
    case 0xc6: /* mov $imm8, r/m */
        move.length = 2 + operands;
        break;
    default:
        break;
    }
    return move;
}

static struct move decode(const unsigned char *at) {
    static const unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    struct move none = {.base = -1};
    if (memcmp(at, endbr64, sizeof endbr64) == 0) {
        none.length = 4;
        return none;
    }
    int prefixes = 0;
    bool fs = at[0] == 0x64;
    prefixes += fs;
    unsigned rex = 0;
    if ((at[prefixes] & 0xf0) == 0x40)
        rex = at[prefixes++];
    const unsigned char *op = at + prefixes;
    if (op[0] >= 0x50 && op[0] <= 0x57) { /* push */
        none.length = prefixes + 1;
        return none;
    }
    if (op[0] >= 0xb8 && op[0] <= 0xbf) { /* mov $imm, reg */
        none.length = prefixes + (rex & 8 ? 9 : 5);
        none.loses_rdi = op[0] == 0xbf && !(rex & 1);
        return none;
    }
    struct move move = decode_wide(op, rex, fs);
    move.saves_rdi = move.saves_rdi && (rex & 8);
    if (move.length)
        move.length += prefixes;
    return move;
}

/* %rsp and %rbp of the body are known at the hook; other registers only where the callee must save them. */
static bool value_of(const struct rt_registers *registers, uint64_t sp, int number, uint64_t *value) {
    switch (number) {
    case 3:
        *value = registers->rbx;
        return true;
    case 4:
        *value = sp;
        return true;
    case 5:
        *value = registers->rbp;
        return true;
    case 12:
        *value = registers->r12;
        return true;
    case 13:
        *value = registers->r13;
        return true;
    case 14:
        *value = registers->r14;
        return true;
    case 15:
        *value = registers->r15;
        return true;
    default:
        return false;
    }
}

/* A slot relative to %rsp is only right when no push or sub follows it, which is how both compilers lay it. */
bool rt_first_argument(uint64_t fn, uint64_t hook_return, uint64_t sp, const struct rt_registers *registers,
                       uint64_t *value) {
    if (hook_return <= fn || hook_return - fn > PROLOGUE_MOST)
        return false;
    for (uint64_t at = fn; at < hook_return;) {
        struct move move = decode((const unsigned char *)at);
        if (move.length == 0 || (move.loses_rdi && !move.saves_rdi))
            return false;
        uint64_t base;
        if (move.saves_rdi && value_of(registers, sp, move.base, &base)) {
            if (!move.memory)
                *value = base;
            else
                memcpy(value, (const void *)(base + (uint64_t)(int64_t)move.offset), sizeof *value);
            return true;
        }
        at += (uint64_t)move.length;
    }
    return false;
}
