import type { Store } from './store.ts'

/** Grows whenever what is kept takes another form. */
const format = 2

type Stamp = { id: string; format: number }

/** Whether what was kept, or a part of it that names its form, is of the form that this version writes. */
export const isCurrent = (stamp: unknown): boolean => (stamp as Stamp | undefined)?.format === format

/** Stamps a store with the form of what it keeps; throws where another version has written it. */
export function stamp(store: Store, folder: string | null): void {
  const isNew = store.count('clock') === 0
  if (!isNew && !isCurrent(store.get('format', 'format'))) {
    throw new Error(
      `The folder ${folder} was written by another version of the sandbox, which kept things in another form. Start with another folder, or delete this one: what it holds are test data.`,
    )
  }
  store.put<Stamp>('format', { id: 'format', format })
}
