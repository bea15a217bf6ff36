import type { ReactNode } from 'react'
import { Answer, AnswerSkeleton } from './answer.tsx'
import { Failure } from './failure.tsx'

type Loading<Data> = {
  data: Data | undefined
  error: unknown
  isFetching: boolean
  refetch: () => Promise<unknown>
}

type LoadedProps<Data> = {
  query: Loading<Data>
  /** What could not be shown, as a sentence: "The payments could not be loaded." */
  failure: string
  skeleton: ReactNode
  /** The page's name, where this is the whole of it: it then has a heading in every state. */
  page?: string
  children: (data: Data) => ReactNode
}

/** A part of a page in its states: a skeleton while it loads, a failure with a way on, then what was asked for. */
export const Loaded = <Data,>({ query, failure, skeleton, page, children }: LoadedProps<Data>) => {
  if (query.data !== undefined) return children(query.data)
  if (query.error) {
    return (
      <div className="space-y-6">
        {page !== undefined && <Answer page={page} answer="This page could not be loaded" />}
        <Failure
          error={query.error}
          what={failure}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        />
      </div>
    )
  }
  return (
    <div className="space-y-6">
      {page !== undefined && <Answer page={page} answer={<AnswerSkeleton />} />}
      <div role="status" aria-busy="true">
        <span className="sr-only">Loading</span>
        {skeleton}
      </div>
    </div>
  )
}
