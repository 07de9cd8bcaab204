// A reader of Python pickles (PEP 307, protocols 2 to 4) for data and nothing else. It never looks up a name: a global or a
// call is handed to the caller, who knows a short list of them and refuses the rest. What tensors do not need is left out.

import { damagedModel, unsafeModel, unsupportedModel } from "../damage.ts";

/** A name that the pickle asks Python to import; here only a name. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** A tuple or list is an array, a dictionary a Map, bytes a Uint8Array, an integer beyond 2^53 a bigint. `object` is the caller's own. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleGlobal
  | object;

export interface PickleHandlers {
  /** Called for every global before anything else happens with it; throws for one that is not known. */
  global(global: PickleGlobal): void;
  /** The value of a call of a known global. */
  call(global: PickleGlobal, args: PickleValue[]): PickleValue;
  /** The value behind a persistent id. */
  persistent(id: PickleValue): PickleValue;
}

/** The bytes ended before the pickle did. */
export class PickleCut extends Error {}

const MARK = Symbol("mark");
type StackItem = PickleValue | typeof MARK;

/** A state dictionary takes some 30 a tensor; what takes more is made to fill the memory. */
const MAX_VALUES = 1_000_000;

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the pickle that starts at `from` and gives its value and where it ends. Time and memory are bounded by its length.
 * @throws BiobertError `model-damaged` for what is no pickle, `unsupported` for what tensors never need; what the handlers
 *   throw; `PickleCut` when the bytes end too early.
 */
export function readPickle(
  bytes: Uint8Array,
  handlers: PickleHandlers,
  file: string,
  from = 0,
): { value: PickleValue; end: number } {
  return new PickleMachine(bytes, handlers, file, from).run();
}

class PickleMachine {
  private readonly view: DataView;
  private at: number;
  private values = 0;
  private readonly stack: StackItem[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    private readonly bytes: Uint8Array,
    private readonly handlers: PickleHandlers,
    private readonly file: string,
    from: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = from;
  }

  run(): { value: PickleValue; end: number } {
    if (this.byte() !== 0x80) throw this.damaged("it does not start as a pickle of protocol 2 or later");
    const protocol = this.byte();
    if (protocol < 2 || protocol > 5) throw this.damaged(`its pickle protocol is ${protocol}`);
    for (;;) {
      const opcode = this.byte();
      if (opcode === 0x2e) {
        const value = this.pop();
        if (this.stack.length > 0) throw this.damaged("its pickle leaves values behind");
        return { value, end: this.at };
      }
      this.step(opcode);
    }
  }

  private step(opcode: number): void {
    switch (String.fromCharCode(opcode)) {
      case "N":
        return this.push(null);
      case "\x88":
        return this.push(true);
      case "\x89":
        return this.push(false);
      case "K":
        return this.push(this.byte());
      case "M":
        return this.push(this.view.getUint16(this.take(2), true));
      case "J":
        return this.push(this.view.getInt32(this.take(4), true));
      case "\x8a":
        return this.push(this.long(this.byte()));
      case "G":
        return this.push(this.view.getFloat64(this.take(8), false));
      case "X":
      case "T": // text of Python 2, as is U
        return this.push(this.text(this.uint32()));
      case "\x8c":
      case "U":
        return this.push(this.text(this.byte()));
      case "\x8d":
        return this.push(this.text(this.uint64()));
      case "C":
        return this.push(this.raw(this.byte()));
      case "B":
        return this.push(this.raw(this.uint32()));
      case "(":
        if (this.stack.length > MAX_VALUES)
          throw unsafeModel(this.file, `its pickle is more than ${MAX_VALUES} values deep`);
        this.stack.push(MARK);
        return;
      case ")":
      case "]":
        return this.push([]);
      case "}":
        return this.push(new Map());
      case "t":
      case "l":
        return this.push(this.popToMark());
      case "\x85":
        return this.push(this.popMany(1));
      case "\x86":
        return this.push(this.popMany(2));
      case "\x87":
        return this.push(this.popMany(3));
      case "a":
      case "e": {
        const items = opcode === 0x61 ? this.popMany(1) : this.popToMark();
        const list = this.top();
        if (!Array.isArray(list)) throw this.damaged("its pickle appends to what is no list");
        for (const item of items) list.push(item);
        return;
      }
      case "s":
      case "u": {
        const items = opcode === 0x73 ? this.popMany(2) : this.popToMark();
        const map = this.top();
        if (!(map instanceof Map) || items.length % 2 !== 0)
          throw this.damaged("its pickle sets items of what is no dictionary");
        for (let i = 0; i < items.length; i += 2) this.setItem(map, items[i]!, items[i + 1]!);
        return;
      }
      case "q":
        this.memo.set(this.byte(), this.top());
        return;
      case "r":
        this.memo.set(this.uint32(), this.top());
        return;
      case "\x94":
        this.memo.set(this.memo.size, this.top());
        return;
      case "h":
        return this.push(this.recall(this.byte()));
      case "j":
        return this.push(this.recall(this.uint32()));
      case "\x95": // a frame: only a hint for readers of streams
        this.take(8);
        return;
      case "c":
        return this.push(this.global(this.line(), this.line()));
      case "\x93": {
        const [module, name] = this.popMany(2);
        if (typeof module !== "string" || typeof name !== "string")
          throw this.damaged("its pickle imports by something that is no name");
        return this.push(this.global(module, name));
      }
      case "Q":
        return this.push(this.handlers.persistent(this.pop()));
      case "R": {
        const [callee, args] = this.popMany(2);
        if (!(callee instanceof PickleGlobal) || !Array.isArray(args))
          throw this.damaged("its pickle calls what is no function");
        return this.push(this.handlers.call(callee, args));
      }
      case "b":
        // The state of an OrderedDict (a state dictionary's `_metadata`): nothing of it is needed.
        this.pop();
        if (!(this.top() instanceof Map))
          throw unsupportedModel(this.file, "its pickle sets the state of an object that is no dictionary");
        return;
      default:
        throw unsupportedModel(
          this.file,
          `its pickle has the operation 0x${opcode.toString(16).padStart(2, "0")}, which no weights need`,
          undefined,
          "Save the model's state_dict() alone.",
        );
    }
  }

  private setItem(map: Map<PickleValue, PickleValue>, key: PickleValue, value: PickleValue): void {
    if (typeof key === "string" && map.has(key)) throw this.damaged("its pickle gives this key two values", key);
    map.set(key, value);
  }

  private global(module: string, name: string): PickleGlobal {
    const global = new PickleGlobal(module, name);
    this.handlers.global(global);
    return global;
  }

  private recall(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) throw this.damaged(`its pickle recalls a value ${index} that it never kept`);
    return value;
  }

  private push(value: PickleValue): void {
    if (++this.values > MAX_VALUES) throw unsafeModel(this.file, `its pickle makes more than ${MAX_VALUES} values`);
    this.stack.push(value);
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) throw this.damaged("its pickle takes a value where there is none");
    return value;
  }

  private pop(): PickleValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private popMany(count: number): PickleValue[] {
    const values = Array.from({ length: count }, () => this.pop());
    return values.reverse();
  }

  private popToMark(): PickleValue[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw this.damaged("its pickle closes what it never opened");
    const values = this.stack.slice(mark + 1) as PickleValue[];
    this.stack.length = mark;
    return values;
  }

  /** Moves on over `count` bytes and gives where they start. */
  private take(count: number): number {
    const start = this.at;
    if (count > this.bytes.length - start) throw new PickleCut("the pickle is cut off");
    this.at = start + count;
    return start;
  }

  private byte(): number {
    return this.bytes[this.take(1)]!;
  }

  private uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  private uint64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  private raw(count: number): Uint8Array {
    const start = this.take(count);
    return this.bytes.subarray(start, start + count);
  }

  private text(count: number): string {
    try {
      return decoder.decode(this.raw(count));
    } catch (error) {
      if (error instanceof PickleCut) throw error;
      throw this.damaged("its pickle has text that is not UTF-8");
    }
  }

  /** Text up to a line feed. */
  private line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw new PickleCut("the pickle is cut off");
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  /** A little-endian integer in two's complement. */
  private long(count: number): number | bigint {
    let value = 0n;
    const raw = this.raw(count);
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(raw[i]!);
    if (count > 0 && raw[count - 1]! >= 0x80) value -= 1n << BigInt(8 * count);
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  private damaged(message: string, name?: string): Error {
    return damagedModel(this.file, message, name);
  }
}
