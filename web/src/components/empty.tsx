import type { ReactNode } from 'react'

type EmptyProps = { title: string; children: ReactNode; action?: ReactNode }

/** Nothing here yet: what this is for, and the first thing to do. */
export const Empty = ({ title, children, action }: EmptyProps) => (
  <div className="py-6 text-center">
    <p className="font-medium">{title}</p>
    <p className="mx-auto mt-1 max-w-prose text-muted">{children}</p>
    {action !== undefined && <div className="mt-4 flex flex-wrap justify-center gap-3">{action}</div>}
  </div>
)
