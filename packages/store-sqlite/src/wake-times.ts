/** Moments in order, the earliest first; what is done with by then is the caller's to notice. */
export class WakeTimes<Subject> {
  readonly #heap: { readonly at: number; readonly subject: Subject }[] = [];

  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  add(at: number, subject: Subject): void {
    const heap = this.#heap;
    let place = heap.push({ at, subject }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (at >= this.#at(parent)) break;
      this.#swap(place, parent);
      place = parent;
    }
  }

  /** Takes the earliest out when it is due. */
  takeDue(now: number): Subject | undefined {
    const [first] = this.#heap;
    if (first === undefined || first.at > now) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first.subject;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #sink(): void {
    for (let place = 0; ; ) {
      const left = 2 * place + 1;
      const least = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(least) >= this.#at(place)) return;
      this.#swap(place, least);
      place = least;
    }
  }

  #at(place: number): number {
    return this.#heap[place]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const [first, second] = [this.#heap[one], this.#heap[other]];
    if (first === undefined || second === undefined) return;
    this.#heap[one] = second;
    this.#heap[other] = first;
  }
}
