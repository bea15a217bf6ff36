/** One page of a list. Ask for the next with `cursor: nextCursor`; null means that this was the last. */
export type Page<Row> = { data: Row[]; nextCursor: string | null }

export type PageQuery = { limit?: number; cursor?: string }
