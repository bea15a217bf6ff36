/** Where a page ends: what the next one starts after. */
export type Cursor = { at: string; id: string }

export type Page<Row> = { data: Row[]; nextCursor: string | null }

export const PAGE_SIZE_DEFAULT = 20
export const PAGE_SIZE_MAX = 100

function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.at, cursor.id])).toString('base64url')
}

/** The cursor a caller sent back, or undefined where it is none of ours. */
export function decodeCursor(text: string): Cursor | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (!Array.isArray(parsed) || typeof parsed[0] !== 'string' || typeof parsed[1] !== 'string')
      return undefined
    return Number.isNaN(Date.parse(parsed[0])) ? undefined : { at: parsed[0], id: parsed[1] }
  } catch {
    return undefined
  }
}

/** A page from `limit + 1` rows: the one too many only tells that there is more. */
export function pageOf<Row>(rows: Row[], limit: number, cursorOf: (row: Row) => Cursor): Page<Row> {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  return { data, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null }
}
