import { createDueQueue, type Due } from './due-queue.ts'
import type { Store } from './store.ts'

/** What is planned on one clock, kept in the store under a kind of its own and played in order of time. */
export type Agenda = {
  /** Plans something; replaces one of the same id. */
  add(given: Omit<Due, 'seq'>): void
  cancel(id: string): void
  /** The next thing that falls due, if any. */
  next(): Due | undefined
  /** Reads the store anew, after its contents were replaced. */
  reload(): void
}

export function createAgenda(store: Store, kind: string): Agenda {
  const queue = createDueQueue()
  let nextSeq = 1
  const reload = () => {
    queue.clear()
    for (const due of store.all<Due>(kind)) {
      queue.add(due)
      nextSeq = Math.max(nextSeq, due.seq + 1)
    }
  }
  reload()
  return {
    add(given) {
      const due = { ...given, seq: nextSeq++ }
      // Removed first, so that a replaced thing takes its new place in the stored order as well.
      store.remove(kind, due.id)
      store.put<Due>(kind, due)
      queue.add(due)
    },
    cancel: (id) => store.remove(kind, id),
    next() {
      for (;;) {
        const first = queue.first()
        if (!first || store.get<Due>(kind, first.id)?.seq === first.seq) return first
        queue.drop()
      }
    },
    reload,
  }
}
