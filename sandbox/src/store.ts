import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

type Identified = { id: string }
type Table = Map<string, { object: Identified; seq: number }>
type Index = { keyOf: (object: never) => string | null | undefined; ids: Map<string, Set<string>> }

/**
 * Objects by kind. The working set is in memory and is written through to SQLite where a data folder is given.
 * An object that was put is never changed in place: put a changed copy. That is what lets `rollback` work and
 * lets an event keep the object as it was.
 */
export type Store = {
  get<T>(kind: string, id: string): T | undefined
  /** Inserts or replaces. A replaced object keeps its place in the insertion order. */
  put<T extends Identified>(kind: string, object: T): T
  remove(kind: string, id: string): void
  /** How many there are of a kind. */
  count(kind: string): number
  /** In insertion order. */
  all<T>(kind: string): Iterable<T>
  /** Declares a secondary look-up; an object whose key is null or undefined is left out of it. */
  index<T>(kind: string, name: string, keyOf: (object: T) => string | null | undefined): void
  /** The objects under a key of a declared index, in the order in which they came under that key. */
  by<T>(kind: string, name: string, key: string): T[]
  /** Makes what was put and removed since the last commit durable. One request or clock step is one commit. */
  commit(): void
  /** Takes back what was put and removed since the last commit. */
  rollback(): void
  /** Does something, takes back all that it put, and answers its result: how a preview is made. */
  dryRun<T>(act: () => T): T
}

export type OpenStore = Store & {
  /** Every object with its kind, in insertion order. */
  dump(): { kind: string; object: Identified }[]
  /** Replaces everything by the given objects. */
  load(objects: { kind: string; object: Identified }[]): void
  /** Called after `load`, so that what is derived from the store can be built again. */
  whenLoaded(act: () => void): void
  close(): void
}

function openDatabase(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true })
  const database = new DatabaseSync(join(folder, 'sandbox.sqlite'))
  database.exec('pragma journal_mode = wal; pragma synchronous = normal')
  database.exec(
    'create table if not exists objects (seq integer primary key, kind text not null, id text not null, body text not null, unique (kind, id))',
  )
  return database
}

function unfile(index: Index, object: Identified): void {
  const key = index.keyOf(object as never)
  if (key == null) return
  const ids = index.ids.get(key)
  ids?.delete(object.id)
  if (ids?.size === 0) index.ids.delete(key)
}

function file(index: Index, object: Identified): void {
  const key = index.keyOf(object as never)
  if (key == null) return
  const ids = index.ids.get(key)
  if (ids) ids.add(object.id)
  else index.ids.set(key, new Set([object.id]))
}

/** Opens the store; without a folder it lives in memory only. */
export function openStore(folder: string | null): OpenStore {
  const database = folder === null ? null : openDatabase(folder)
  const tables = new Map<string, Table>()
  const indexes = new Map<string, Map<string, Index>>()
  const loaded: (() => void)[] = []
  let nextSeq = 1
  let undo: { kind: string; id: string; before: { object: Identified; seq: number } | undefined }[] = []

  const table = (kind: string): Table => {
    const found = tables.get(kind)
    if (found) return found
    const made: Table = new Map()
    tables.set(kind, made)
    return made
  }
  const set = (kind: string, id: string, entry: { object: Identified; seq: number } | undefined) => {
    const rows = table(kind)
    const before = rows.get(id)
    for (const index of indexes.get(kind)?.values() ?? []) {
      const same =
        before && entry && index.keyOf(before.object as never) === index.keyOf(entry.object as never)
      if (same) continue
      if (before) unfile(index, before.object)
      if (entry) file(index, entry.object)
    }
    if (entry) rows.set(id, entry)
    else rows.delete(id)
    return before
  }

  const upsert = database?.prepare(
    'insert into objects (seq, kind, id, body) values (?, ?, ?, ?) on conflict (kind, id) do update set body = excluded.body',
  )
  const erase = database?.prepare('delete from objects where kind = ? and id = ?')
  if (database) {
    for (const row of database.prepare('select seq, kind, id, body from objects order by seq').iterate()) {
      const seq = Number(row.seq)
      table(String(row.kind)).set(String(row.id), { object: JSON.parse(String(row.body)), seq })
      nextSeq = seq + 1
    }
  }

  /** What is filed again after a change was taken back goes to its old place among the others of its key. */
  function restoreOrder(kind: string, object: Identified) {
    const rows = table(kind)
    for (const index of indexes.get(kind)?.values() ?? []) {
      const key = index.keyOf(object as never)
      const ids = key == null ? undefined : index.ids.get(key)
      if (key == null || !ids || ids.size < 2) continue
      const seq = (id: string) => rows.get(id)?.seq ?? 0
      index.ids.set(key, new Set([...ids].sort((a, b) => seq(a) - seq(b))))
    }
  }

  function takeBack(mark: number) {
    for (const { kind, id, before } of undo.splice(mark).reverse()) {
      set(kind, id, before)
      if (before) restoreOrder(kind, before.object)
    }
  }

  function commit() {
    if (undo.length === 0) return
    const touched = undo
    undo = []
    if (!database || !upsert || !erase) return
    const seen = new Set<string>()
    database.exec('begin')
    for (const { kind, id } of touched) {
      const name = `${kind} ${id}`
      if (seen.has(name)) continue
      seen.add(name)
      const entry = tables.get(kind)?.get(id)
      if (entry) upsert.run(entry.seq, kind, id, JSON.stringify(entry.object))
      else erase.run(kind, id)
    }
    database.exec('commit')
  }

  return {
    get: <T>(kind: string, id: string) => tables.get(kind)?.get(id)?.object as T | undefined,
    put(kind, object) {
      const before = tables.get(kind)?.get(object.id)
      undo.push({ kind, id: object.id, before })
      set(kind, object.id, { object, seq: before?.seq ?? nextSeq++ })
      return object
    },
    remove(kind, id) {
      const before = tables.get(kind)?.get(id)
      if (!before) return
      undo.push({ kind, id, before })
      set(kind, id, undefined)
    },
    count: (kind) => tables.get(kind)?.size ?? 0,
    *all<T>(kind: string) {
      for (const entry of [...table(kind).values()]) yield entry.object as T
    },
    index(kind, name, keyOf) {
      const index: Index = { keyOf: keyOf as Index['keyOf'], ids: new Map() }
      for (const entry of table(kind).values()) file(index, entry.object)
      const named = indexes.get(kind) ?? new Map<string, Index>()
      indexes.set(kind, named.set(name, index))
    },
    by<T>(kind: string, name: string, key: string) {
      const index = indexes.get(kind)?.get(name)
      if (!index) throw new Error(`No index "${name}" was declared for ${kind}.`)
      return [...(index.ids.get(key) ?? [])].map((id) => table(kind).get(id)?.object as T)
    },
    commit,
    rollback: () => takeBack(0),
    dryRun(act) {
      const mark = undo.length
      try {
        return act()
      } finally {
        takeBack(mark)
      }
    },
    dump() {
      const entries = [...tables].flatMap(([kind, rows]) =>
        [...rows.values()].map((row) => ({ kind, ...row })),
      )
      return entries.sort((a, b) => a.seq - b.seq).map(({ kind, object }) => ({ kind, object }))
    },
    load(objects) {
      commit()
      for (const [kind, rows] of tables) {
        for (const [id, before] of [...rows]) {
          undo.push({ kind, id, before })
          set(kind, id, undefined)
        }
      }
      commit()
      for (const { kind, object } of objects) {
        undo.push({ kind, id: object.id, before: undefined })
        set(kind, object.id, { object, seq: nextSeq++ })
      }
      commit()
      for (const act of loaded) act()
    },
    whenLoaded: (act) => void loaded.push(act),
    close() {
      commit()
      database?.close()
    },
  }
}
