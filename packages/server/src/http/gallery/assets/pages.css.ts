/** How parts are laid out on pages, and what only one page has. */
export const pages = `
@layer pages {
  main.wrap { padding-top: 1.75rem }
  .lead { color: var(--ink-2); margin-top: .35rem; max-width: 46rem; text-wrap: pretty; overflow-wrap: anywhere }
  .head { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 1rem; align-items: center }
  .head .by { color: var(--ink-2); margin-top: .2rem; overflow-wrap: anywhere }
  .head + .lead { margin-top: .8rem }
  .split { display: grid; grid-template-columns: minmax(0, 1fr) 20rem; gap: 2rem 2.75rem; align-items: start }
  .split > aside { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.75rem }
  .stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2rem }
  .cards { list-style: none; padding: 0; margin: 1.5rem 0 0; display: grid; gap: .9rem;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)) }
  .card { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .2rem .9rem; padding: 1rem 1.1rem;
    background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; position: relative; align-content: start }
  .card:hover { border-color: var(--sea) }
  .card .logo { grid-row: span 3 }
  .card h2, .card h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere }
  .card h2 a, .card .by a { display: inline-block; line-height: 1.5rem }
  .card h2 a { color: inherit; text-decoration: none }
  .card h2 a::after { content: ""; position: absolute; inset: 0; border-radius: 8px }
  .card .by { font-size: .84rem; color: var(--ink-2) }
  .card .by a { position: relative; color: inherit }
  .card p.about { color: var(--ink-2); font-size: .92rem; display: -webkit-box; -webkit-line-clamp: 2;
    -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere }
  .card .meta { grid-column: 2; font-size: .82rem; color: var(--ink-2) }
  .split.beside > aside { padding-top: 1.5rem }
  .ranked { list-style: none; counter-reset: rank; margin: .6rem 0 0; padding: 0; border: 1px solid var(--line);
    border-radius: var(--radius); background: var(--sheet) }
  .ranked li { counter-increment: rank; display: grid; grid-template-columns: 1.5rem minmax(0, 1fr) auto; gap: 0 .6rem;
    padding: .5rem .8rem; align-items: baseline }
  .ranked li + li { border-top: 1px solid var(--line) }
  .ranked li::before { content: counter(rank); color: var(--ink-2); font-size: .84rem; text-align: right;
    font-variant-numeric: tabular-nums }
  .ranked > li > a { font-weight: 600; overflow-wrap: anywhere; text-decoration: none; line-height: 1.5rem }
  .ranked > li > a:hover { text-decoration: underline }
  .ranked .num { font-size: .88rem }
  .ranked .by { grid-column: 2 / -1; font-size: .84rem; color: var(--ink-2); overflow-wrap: anywhere }
  .ranked .by a { color: inherit; display: inline-block; line-height: 1.5rem }
  .sum { color: var(--ink-2); font-size: .92rem }
  .sum b { color: var(--ink); font-size: 1.3rem; letter-spacing: -.01em; font-variant-numeric: tabular-nums }
  .bars { display: block; width: 100%; height: 3.5rem; margin-top: .6rem; border-bottom: 1px solid var(--line) }
  .bars path { fill: var(--sea) }
  .axis { display: flex; gap: .6rem; justify-content: space-between; font-variant-numeric: tabular-nums;
    margin: .3rem 0 .4rem }
  .axis span { white-space: nowrap }
  .child > td:first-child { padding-left: 2rem }
  .child > td { color: var(--ink-2) }
  .steps { list-style: none; margin: 0; padding: 0; counter-reset: step; font-size: .88rem }
  .steps li { padding: .5rem .8rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
  .steps li:last-child { border-bottom: 0 }
  .steps code { white-space: pre-wrap }
  .steps .none { color: var(--ink-2) }
  .prose { overflow: clip; overflow-wrap: anywhere; max-width: 46rem }
  .prose > :first-child { margin-top: 0 }
  .prose :is(p, ul, ol, pre, blockquote, .frame, dl, hr) { margin: 0 0 1rem }
  .prose :is(h3, h4, h5, h6) { margin: 1.6rem 0 .6rem }
  .prose h3 { font-size: 1.15rem }
  .prose .contains-task-list { list-style: none; padding-left: .3rem }
  .prose li > :is(p, ul, ol) { margin-bottom: .3rem }
  .prose pre { background: var(--code); padding: .8rem 1rem; border-radius: var(--radius); overflow-x: auto }
  .prose pre.written { white-space: pre-wrap }
  .prose :not(pre) > code { background: var(--code); padding: .1em .35em; border-radius: 4px }
  .prose blockquote { border-left: 3px solid var(--line); padding-left: 1rem; color: var(--ink-2) }
  .prose hr { border: 0; border-top: 1px solid var(--line) }
  .prose .frame { width: fit-content; max-width: 100% }
  .prose table { width: auto }
  .prose :is(td, th) { overflow-wrap: break-word; min-width: 0 }
  .stack h2 .tag { font-size: 1.25rem }
  .prose th { font-size: .84rem; white-space: normal }
  .narrow { max-width: 52rem }
  .doors { display: grid; gap: 1rem; margin: 1.5rem 0; align-items: start;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)) }
  main > .panel { max-width: 56rem; margin-top: 1.25rem }
  .panel h3 { margin-top: .9rem }

  .logo-now { display: flex; gap: 1rem; align-items: center; margin-bottom: .6rem }
  .crumbs { font-size: .88rem; margin-bottom: .3rem }
  .told { max-width: 40rem; padding: 3rem 0 }
  .told p { margin-top: .8rem; overflow-wrap: anywhere }
  .told .ways { list-style: none; padding: 0; margin: 1.2rem 0 0; display: flex; gap: .4rem 1.5rem; flex-wrap: wrap }
  .told section { margin-top: 1.5rem }
  .near { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: var(--radius);
    background: var(--sheet) }
  .near li + li { border-top: 1px solid var(--line) }
  .near a { display: block; padding: .55rem .8rem; font: .92rem/1.5 var(--mono); overflow-wrap: anywhere;
    text-decoration: none }
  .near a:hover { text-decoration: underline }
  details > summary { color: var(--sea); font-size: .9rem; padding: .2rem 0 }
  details[open] > summary { margin-bottom: .5rem }
  h3.how { font-size: .82rem; font-weight: 600; color: var(--ink-2); margin: .6rem 0 .3rem }
  .picks td:first-child, .picks th:first-child { width: 2.4rem; padding-right: 0; min-width: 0 }
  .picks input[type="checkbox"], .picks th input { width: 1.5rem; height: 1.5rem; margin: 0; accent-color: var(--sea) }
  .picks tr:has(input:checked) > td { background: var(--rust-soft) }
  .picks tr:has(+ .below) > td { border-bottom: 0 }
  .below > td { padding-top: .15rem; padding-bottom: .3rem; border-bottom: 0; color: var(--ink-2); font-size: .85rem }
  .below > td:nth-child(2) { padding-left: 2rem }
  .below.referrer > td:nth-child(2), .below.attestation > td:nth-child(2) { padding-left: 2.8rem }
  .below:not(:has(+ .below)) > td { border-bottom: 1px solid var(--line); padding-bottom: .6rem }
  tbody tr.below:last-child > td { border-bottom: 0 }
  .deed { position: sticky; bottom: 0; display: flex; gap: .6rem 1rem; align-items: center; flex-wrap: wrap;
    padding: .8rem 0; background: var(--paper); border-top: 1px solid var(--line); margin-top: .8rem; font-size: .92rem }
  .deed .end { margin-left: auto }
  .recent { margin-top: 2rem }
  .preview { border: 1px solid var(--rust); border-radius: 8px; background: var(--sheet); overflow: hidden; margin-bottom: 1rem }
  .preview.done { border-color: var(--sea) }
  .preview.held { border-color: var(--gold) }
  .preview > header { padding: .95rem 1.2rem; border-bottom: 1px solid var(--line); display: flex; gap: .4rem 1rem;
    justify-content: space-between; align-items: baseline; flex-wrap: wrap }
  .preview > header h2 { margin: 0; overflow-wrap: anywhere }
  .preview .frame { border: 0; border-radius: 0 }
  .preview h3.how { padding: .7rem 1.2rem .1rem; margin: 0; border-top: 1px solid var(--line) }
  .preview td:first-child { padding-left: 1.2rem }
  .preview td:last-child { padding-right: 1.2rem }
  .preview .pad { padding: .7rem 1.2rem }
  .preview > footer { padding: .9rem 1.2rem; display: flex; gap: .75rem; align-items: center; flex-wrap: wrap;
    border-top: 1px solid var(--line) }
  .preview > footer p { flex: 1; min-width: 14rem; color: var(--ink-2); font-size: .92rem }
  .depth-1 > td:nth-child(2) { padding-left: 2rem }
  .depth-2 > td:nth-child(2), .depth-3 > td:nth-child(2) { padding-left: 3.2rem }
  .sums { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)) }
  .sums > div { padding: .8rem 1.2rem; border-right: 1px solid var(--line); min-width: 0 }
  .sums > div:last-child { border-right: 0 }
  .sums dt { font-size: 1.3rem; font-weight: 650; letter-spacing: -.01em; font-variant-numeric: tabular-nums }
  .sums dd { color: var(--ink-2); font-size: .82rem; overflow-wrap: anywhere }
  .sums .go dt { color: var(--rust) }
  .sums .good dt { color: var(--sea) }
  .sums .held dt { color: var(--gold) }
  .badge.go { color: var(--rust); border-color: currentColor; background: var(--rust-soft) }
  progress { width: min(24rem, 100%); height: .8rem; accent-color: var(--sea); vertical-align: middle }
  @media (max-width: 60rem) { .split { grid-template-columns: minmax(0, 1fr) } .split:not(.beside) > aside { order: -1 } }
  @media (max-width: 44rem) {
    .wrap { padding-left: 1rem; padding-right: 1rem }
    h1 { font-size: 1.3rem }
    .wide, .open button { display: none }
    .bar .wrap { flex-wrap: wrap; column-gap: 1.25rem; row-gap: 0; padding-top: .5rem }
    .account { margin-left: auto }
    .open { order: 1; flex: 1 0 100%; max-width: none; padding-top: .4rem }
    .frame td:first-child:not(.num) { min-width: 7.5rem }
    .frame .picks td:first-child, .preview .frame td:first-child { min-width: 0 }
    .picks td:nth-child(2), .preview td:nth-child(2) { min-width: 8rem }
    .below > td:nth-child(2) { padding-left: 1.2rem }
    .below.referrer > td:nth-child(2), .below.attestation > td:nth-child(2) { padding-left: 1.8rem }
    td, th { padding-left: .6rem; padding-right: .6rem }
    .head { gap: .8rem }
  }
}`
