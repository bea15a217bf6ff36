/** What is due: `what` names the action, `object` whom it concerns, `at` the instant in epoch seconds. */
export type Due = { id: string; at: number; what: string; object: string; seq: number }

const earlier = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.seq < b.seq)

/** A binary heap of due things, earliest first, ties by insertion. Replaced entries stay until they surface. */
export type DueQueue = { add(due: Due): void; first(): Due | undefined; drop(): void; clear(): void }

export function createDueQueue(): DueQueue {
  const heap: Due[] = []
  const at = (position: number) => heap[position] as Due
  const swap = (a: number, b: number) => {
    const held = at(a)
    heap[a] = at(b)
    heap[b] = held
  }
  return {
    add(due) {
      heap.push(due)
      let child = heap.length - 1
      while (child > 0) {
        const parent = (child - 1) >> 1
        if (!earlier(at(child), at(parent))) return
        swap(child, parent)
        child = parent
      }
    },
    first: () => heap[0],
    drop() {
      const last = heap.pop()
      if (!last || heap.length === 0) return
      heap[0] = last
      let parent = 0
      for (;;) {
        let least = parent
        for (const child of [2 * parent + 1, 2 * parent + 2]) {
          if (child < heap.length && earlier(at(child), at(least))) least = child
        }
        if (least === parent) return
        swap(parent, least)
        parent = least
      }
    },
    clear: () => void heap.splice(0),
  }
}
