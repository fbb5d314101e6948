/** How elements look without a class. */
export const base = `
@layer base {
  *, ::before, ::after { box-sizing: border-box }
  html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
  body {
    margin: 0; min-height: 100vh; display: flex; flex-direction: column; overflow-wrap: break-word;
    background: var(--paper); color: var(--ink); font: 1rem/1.55 var(--sans)
  }
  main { flex: 1 }
  a { color: var(--sea); text-underline-offset: .18em; text-decoration-thickness: 1px }
  h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 0; text-wrap: balance }
  h1 { font-size: 1.6rem; letter-spacing: -.012em; overflow-wrap: anywhere }
  h2 { font-size: 1.05rem; margin-bottom: .6rem }
  h3 { font-size: 1rem }
  p { margin: 0 }
  code, pre, kbd, samp { font: .875em/1.55 var(--mono); font-variant-ligatures: none }
  :focus-visible, input[type="date"]:focus-within { outline: 2px solid var(--sea); outline-offset: 2px; border-radius: 2px }
  summary { cursor: pointer }
  table { border-collapse: collapse; width: 100%; font-size: .92rem }
  th {
    text-align: left; font-size: .78rem; font-weight: 600; color: var(--ink-2); padding: .55rem .8rem;
    border-bottom: 1px solid var(--line); white-space: nowrap
  }
  td { padding: .55rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top }
  tbody th { vertical-align: top }
  tbody tr:last-child > td, tbody tr:last-child > th { border-bottom: 0 }
  dl { margin: 0 }
  dd { margin: 0 }
  ul, ol { padding-left: 1.3rem }
  input, button, select, textarea { font: inherit; color: inherit }
  input[type="search"], input[type="text"], input[type="password"], input[type="number"], input[type="date"], textarea, select {
    padding: .4rem .7rem; background: var(--sheet); border: 1px solid var(--edge);
    border-radius: var(--radius); min-width: 0
  }
  button, .button {
    font-size: .9rem; padding: .35rem .8rem; border-radius: var(--radius); border: 1px solid var(--line);
    background: var(--sheet); color: var(--ink); cursor: pointer; text-decoration: none; display: inline-block
  }
  button:hover, .button:hover { border-color: var(--sea); color: var(--sea) }
  input[type="file"] { max-width: 100% }
  ::file-selector-button {
    font: inherit; font-size: .9rem; padding: .3rem .8rem; margin-right: .8rem; border-radius: var(--radius);
    border: 1px solid var(--line); background: var(--sheet); color: var(--ink)
  }
  [hidden] { display: none !important }
  @media (prefers-reduced-motion: no-preference) { :root { scroll-behavior: smooth } }
}`
