import type { ReactNode } from 'react'
import { Skeleton } from './skeleton.tsx'

/** Where the answer will be. The heading keeps a text for screen readers. */
export const AnswerSkeleton = () => (
  <>
    <Skeleton className="h-9 w-80" />
    <span className="sr-only">Loading</span>
  </>
)

type AnswerProps = { page: string; answer: ReactNode; children?: ReactNode; aside?: ReactNode }

/** The top of a page: its one question answered first, as the largest thing on it. */
export const Answer = ({ page, answer, children, aside }: AnswerProps) => (
  <header className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
    <title>{page}</title>
    <div className="min-w-0">
      <p className="text-body font-medium text-muted">{page}</p>
      <h1 className="figures mt-1 text-answer tracking-[-0.02em]">{answer}</h1>
      {children !== undefined && <div className="mt-2 max-w-prose text-lead text-muted">{children}</div>}
    </div>
    {aside}
  </header>
)
