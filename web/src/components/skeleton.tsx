/** A grey stand-in with the size of what comes. */
export const Skeleton = ({ className }: { className: string }) => (
  <span
    aria-hidden="true"
    className={`block max-w-full animate-pulse rounded-box bg-sunken motion-reduce:animate-none ${className}`}
  />
)

/** Several lines of text to come. */
export const SkeletonLines = ({ lines }: { lines: number }) => (
  <span className="block space-y-3">
    {Array.from({ length: lines }, (_, line) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and never move
      <Skeleton key={line} className={line === lines - 1 ? 'h-4 w-2/3' : 'h-4 w-full'} />
    ))}
  </span>
)
