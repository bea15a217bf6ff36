import { type ReactNode, useId } from 'react'

type SectionProps = { title: string; aside?: ReactNode; children: ReactNode }

/** One quiet box of a page with its own heading. */
export const Section = ({ title, aside, children }: SectionProps) => {
  const id = useId()
  return (
    <section aria-labelledby={id} className="min-w-0 rounded-box border border-line bg-surface p-4 sm:p-6">
      <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 id={id} className="text-lead font-semibold">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
