import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type OpenStore, openStore } from './store.ts'

type Cat = { id: string; owner: string | null }
const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'sandbox-store-'))
  folders.push(made)
  return made
}
const opens: OpenStore[] = []
const opened = (store: OpenStore) => {
  opens.push(store)
  return store
}
afterEach(() => {
  for (const store of opens.splice(0)) store.close()
  for (const made of folders.splice(0)) rmSync(made, { recursive: true })
})

const ids = (cats: Iterable<Cat>) => [...cats].map(({ id }) => id)

describe.each<[string, () => OpenStore]>([
  ['in memory', () => openStore(null)],
  ['on disk', () => openStore(folder())],
  ['on the shelf', () => openStore(folder(), ['cat'])],
])('%s', (_where, open) => {
  test('an index follows changes, removals and rollback', () => {
    const store = opened(open())
    store.index<Cat>('cat', 'owner', ({ owner }) => owner)
    store.put<Cat>('cat', { id: 'a', owner: 'ann' })
    store.put<Cat>('cat', { id: 'b', owner: 'ann' })
    store.commit()
    store.put<Cat>('cat', { id: 'a', owner: 'bob' })
    store.remove('cat', 'b')
    expect([ids(store.by('cat', 'owner', 'ann')), ids(store.by('cat', 'owner', 'bob'))]).toEqual([[], ['a']])
    store.rollback()
    expect([ids(store.by('cat', 'owner', 'ann')).sort(), ids(store.by('cat', 'owner', 'bob'))]).toEqual([
      ['a', 'b'],
      [],
    ])
  })

  test('a dry run answers its result and leaves what was put before it', () => {
    const store = opened(open())
    store.put<Cat>('cat', { id: 'a', owner: null })
    const seen = store.dryRun(() => {
      store.put<Cat>('cat', { id: 'a', owner: 'ann' })
      store.put<Cat>('cat', { id: 'b', owner: null })
      return ids(store.all<Cat>('cat'))
    })
    expect([seen, ids(store.all<Cat>('cat')), store.get<Cat>('cat', 'a')?.owner]).toEqual([
      ['a', 'b'],
      ['a'],
      null,
    ])
  })

  test('what is taken back keeps its place under its key', () => {
    const store = opened(open())
    store.index<Cat>('cat', 'owner', ({ owner }) => owner)
    for (const id of ['a', 'b', 'c']) store.put<Cat>('cat', { id, owner: 'ann' })
    store.dryRun(() => {
      for (const id of ['a', 'b', 'c']) store.put<Cat>('cat', { id, owner: 'bob' })
    })
    expect(ids(store.by('cat', 'owner', 'ann'))).toEqual(['a', 'b', 'c'])
  })

  test('the newest come first, each as it is now', () => {
    const store = opened(open())
    for (const id of ['a', 'b', 'c']) store.put<Cat>('cat', { id, owner: null })
    store.commit()
    store.put<Cat>('cat', { id: 'b', owner: 'ann' })
    const seen = [...store.newestFirst<Cat>('cat')].map(({ id, owner }) => [id, owner])
    expect(seen).toEqual([
      ['c', null],
      ['b', 'ann'],
      ['a', null],
    ])
    expect(store.count('cat')).toBe(3)
  })

  test('a store takes over what another dumped', () => {
    const store = opened(open())
    for (const id of ['b', 'a']) store.put<Cat>('cat', { id, owner: 'ann' })
    store.commit()
    const other = opened(open())
    other.put<Cat>('cat', { id: 'gone', owner: null })
    other.load(store.dump())
    expect([ids(other.all<Cat>('cat')), other.get<Cat>('cat', 'a')?.owner]).toEqual([['b', 'a'], 'ann'])
  })
})

test.each([[[]], [['cat']]])(
  'what was committed is there after opening again, in its order; what was not is gone (shelved: %j)',
  (shelved) => {
    const place = folder()
    const store = openStore(place, shelved)
    for (const id of ['c', 'a', 'b']) store.put<Cat>('cat', { id, owner: null })
    store.put<Cat>('cat', { id: 'c', owner: 'ann' })
    store.remove('cat', 'a')
    store.commit()
    store.put<Cat>('cat', { id: 'late', owner: null })
    const again = openStore(place, shelved)
    expect([ids(again.all<Cat>('cat')), again.get<Cat>('cat', 'c')?.owner]).toEqual([['c', 'b'], 'ann'])
    again.close()
  },
)
