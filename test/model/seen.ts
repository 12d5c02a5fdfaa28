const EMPTY = -1;

/** What has been seen, and how each state was first come to. Some 20 bytes a state. */
export class Seen {
  /** An open table of what stands where in the lists; it is never more than half full. */
  #slots = new Int32Array(1 << 16).fill(EMPTY);
  #hashes = new Float64Array(1 << 15);
  #parents = new Int32Array(1 << 15);
  #stories = new Int32Array(1 << 15);
  #size = 0;
  readonly #texts: string[] = [];
  readonly #textIndex = new Map<string, number>();

  get size(): number {
    return this.#size;
  }

  /** @returns the index of a state that is new; null of one that was seen before */
  add(key: string, parent: number, what: string): number | null {
    const hash = hashOf(key);
    const slot = this.#slotOf(hash);
    if (this.#slots[slot] !== EMPTY) return null;
    const index = this.#size;
    this.#size += 1;
    this.#slots[slot] = index;
    this.#hashes[index] = hash;
    this.#parents[index] = parent;
    this.#stories[index] = this.#textOf(what);
    if (this.#size === this.#hashes.length) this.#grow();
    return index;
  }

  /** What has led to a state, from the beginning. */
  storyTo(end: number): string[] {
    const story: string[] = [];
    for (let at = end; at > 0; at = this.#parents[at] ?? 0) story.unshift(this.#texts[this.#stories[at] ?? 0] ?? '');
    return story;
  }

  #slotOf(hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = this.#slots[slot] ?? EMPTY;
      if (index === EMPTY || this.#hashes[index] === hash) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    this.#hashes = copied(this.#hashes, new Float64Array(this.#size * 2));
    this.#parents = copied(this.#parents, new Int32Array(this.#size * 2));
    this.#stories = copied(this.#stories, new Int32Array(this.#size * 2));
    this.#slots = new Int32Array(this.#size * 4).fill(EMPTY);
    for (let index = 0; index < this.#size; index += 1) this.#slots[this.#slotOf(this.#hashes[index] ?? 0)] = index;
  }

  #textOf(what: string): number {
    const known = this.#textIndex.get(what);
    if (known !== undefined) return known;
    this.#texts.push(what);
    this.#textIndex.set(what, this.#texts.length - 1);
    return this.#texts.length - 1;
  }
}

function copied<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/**
 * 53 bits of a text: two rounds of 32, mixed. Among ten million states the chance that any two have the same is one in two
 * hundred.
 */
function hashOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}
