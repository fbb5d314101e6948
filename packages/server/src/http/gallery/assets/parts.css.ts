/** The parts that pages are made of. Each stands here once, whatever page it is on. */
export const parts = `
@layer parts {
  .skip { position: absolute; left: -100vw }
  .skip:focus { left: 1rem; top: .6rem; background: var(--sheet); padding: .3rem .7rem; z-index: 1 }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
  .wrap { width: 100%; max-width: 74rem; margin: 0 auto; padding-left: 1.25rem; padding-right: 1.25rem }
  .bar { border-bottom: 1px solid var(--line); background: var(--sheet) }
  .bar .wrap { display: flex; gap: 1.25rem; align-items: center; min-height: 3.4rem }
  .mark {
    display: inline-flex; gap: .55rem; align-items: center; font-weight: 650; letter-spacing: -.02em; font-size: 1.15rem;
    color: var(--ink); text-decoration: none
  }
  .open { display: flex; gap: .5rem; flex: 1; max-width: 30rem; margin-left: auto; padding: .5rem 0; position: relative }
  .suggestions { position: absolute; z-index: 2; top: 100%; left: 0; right: 0; margin: -.3rem 0 0; padding: .25rem 0;
    list-style: none; background: var(--sheet); border: 1px solid var(--edge); border-radius: var(--radius) }
  .suggestions li { padding: .35rem .7rem; font: .88rem/1.5 var(--mono); overflow-wrap: anywhere; cursor: pointer }
  .suggestions li:is(:hover, [aria-selected="true"]) { background: var(--sea-soft); color: var(--sea) }
  .open input { flex: 1; background: var(--paper); width: 100% }
  .account { display: flex; gap: .9rem; align-items: center; font-size: .92rem; white-space: nowrap }
  .account a { display: inline-block; padding: .3rem 0 }
  .account form { display: inline }
  .foot { border-top: 1px solid var(--line); margin-top: 3.5rem; color: var(--ink-2); font-size: .88rem }
  .foot .wrap {
    display: flex; gap: .6rem 1.5rem; flex-wrap: wrap; align-items: center; padding-top: 1rem; padding-bottom: 1.25rem
  }
  .foot form { display: inline-flex; gap: .25rem; align-items: center; margin-left: auto }
  .foot button { border-color: transparent; background: none; color: var(--ink-2); padding: .25rem .5rem }
  .foot button[aria-pressed="true"] { color: var(--ink); border-color: var(--line); background: var(--sheet) }
  .quiet { color: var(--ink-2) }
  .small { font-size: .84rem }
  .badge {
    display: inline-flex; gap: .3em; align-items: center; font: 500 .78rem/1.45 var(--sans); padding: .06rem .5rem;
    border-radius: 99px; border: 1px solid var(--line); color: var(--ink-2); white-space: nowrap; vertical-align: .08em
  }
  .badge.ok { color: var(--sea); border-color: currentColor; background: var(--sea-soft) }
  .badge.go { color: var(--rust); border-color: currentColor; background: var(--rust-soft) }
  .badge.held { color: var(--gold); border-color: currentColor; background: var(--gold-soft) }
  .logo { border-radius: 18%; flex: none; display: block; object-fit: contain }
  img.logo { background: var(--ground); border: 1px solid var(--line) }
  .frame { border: 1px solid var(--line); border-radius: var(--radius); overflow-x: auto; background: var(--sheet) }
  .frame .grow { min-width: 12rem; overflow-wrap: anywhere }
  .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
  .tag { font: 600 .92rem/1.5 var(--mono); color: var(--ink); overflow-wrap: anywhere }
  a.tag { text-decoration: none }
  a.tag:hover { text-decoration: underline; color: var(--sea) }
  .same { color: var(--ink-2); font-size: .8rem; font-weight: 400; overflow-wrap: anywhere; max-width: 34rem }
  .same a { color: inherit }
  tbody:not(:last-child) > tr:last-child > :is(td, th) { border-bottom: 1px solid var(--line) }
  .kind > th { font-size: .84rem; color: var(--ink); background: var(--paper) }
  .kind .quiet { font-weight: 400 }
  .chip {
    display: inline-flex; align-items: center; gap: .4rem; font: .8rem/1.6 var(--mono); color: var(--ink-2);
    white-space: nowrap
  }
  a.chip { text-decoration: none }
  a.chip:hover { color: var(--sea); text-decoration: underline }
  .strip rect { width: 6px; height: 12px }
  .chip svg { border-radius: 2px; flex: none }
  .whole { font: .82rem/1.6 var(--mono); overflow-wrap: anywhere }
  .pull { display: grid; grid-template-columns: minmax(0, 1fr) auto; border: 1px solid var(--line);
    border-radius: var(--radius); background: var(--sheet); margin-bottom: .5rem }
  .pull code { padding: .5rem .7rem; overflow-wrap: anywhere; user-select: all }
  .pull button { border: 0; border-left: 1px solid var(--line); border-radius: 0 var(--radius) var(--radius) 0;
    background: none; color: var(--sea); min-width: 4.6rem }
  .pull button:hover { background: var(--sea-soft) }
  .facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .35rem 1rem; font-size: .92rem }
  .facts dt { color: var(--ink-2) }
  .facts dd { text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
  .facts.left dd { text-align: left }
  .tabs { display: flex; gap: 1.5rem; border-bottom: 1px solid var(--line); margin: 1.5rem 0 1.4rem; overflow-x: auto }
  .tabs a { padding: .45rem 0; color: var(--ink-2); text-decoration: none; border-bottom: 2px solid transparent;
    margin-bottom: -1px; white-space: nowrap }
  .tabs a:hover { color: var(--ink) }
  .tabs a[aria-current] { color: var(--ink); border-color: var(--sea); font-weight: 600 }
  .tools { display: flex; gap: .6rem 1rem; align-items: center; margin-bottom: .8rem; flex-wrap: wrap; font-size: .92rem }
  .tools form { display: flex; gap: .5rem; flex: 1 1 14rem; max-width: 24rem }
  .tools input { flex: 1 }
  .tools a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none }
  .pages { display: flex; gap: 1rem; margin-top: 1rem; align-items: center }
  .empty { border: 1px dashed var(--line); border-radius: var(--radius); padding: 2rem 1.5rem; color: var(--ink-2) }
  .empty p + p, .empty p + pre { margin-top: .6rem }
  .empty code { color: var(--ink) }
  .lines { list-style: none; margin: 0; padding: 0; display: grid; gap: .3rem; font-size: .9rem }
  .lines li { overflow-wrap: anywhere }
  .panel { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: 1.1rem 1.25rem }
  .panel > h2 { margin-bottom: .3rem }
  .panel label, .field > label { display: block; font-size: .88rem; font-weight: 600; margin: .9rem 0 .3rem }
  .panel input:not([type="hidden"], [type="checkbox"], [type="radio"], [type="file"]), .field textarea { width: 100% }
  .panel .main { margin-top: 1.1rem }
  .field { margin: 0 0 1.2rem }
  .field textarea { display: block; line-height: 1.5; resize: vertical }
  .field .small { margin: 0 0 .4rem }
  .panel .field > label { margin-top: 0 }
  fieldset.field { border: 0; padding: 0; min-width: 0 }
  fieldset.field legend { font-size: .88rem; font-weight: 600; padding: 0; margin-bottom: .3rem }
  .panel label.box, label.box { display: inline-flex; gap: .4rem; align-items: center; font-size: .92rem; font-weight: 400;
    margin: 0 1.2rem 0 0; min-height: 1.75rem }
  textarea.code { font: .84rem/1.6 var(--mono); tab-size: 2 }
  .actions { display: flex; gap: .6rem; flex-wrap: wrap; align-items: center; margin-top: .4rem }
  .actions .main { margin-top: 0 }
  .actions .go { margin-left: auto }
  .filters { display: flex; gap: .7rem 1rem; flex-wrap: wrap; align-items: end; margin: .8rem 0 1rem; font-size: .88rem }
  .filters label { display: grid; gap: .2rem; color: var(--ink-2); min-width: 0 }
  .filters label.box { display: inline-flex; min-height: 2.3rem }
  .filters :is(input, select, button) { color: var(--ink); max-width: 100%; height: 2.3rem }
  button.main { background: var(--sea); border-color: var(--sea); color: var(--on-fill); font-weight: 600 }
  button.main:hover { color: var(--on-fill); filter: brightness(1.08) }
  button.go { background: var(--rust); border-color: var(--rust); color: var(--on-fill); font-weight: 600 }
  .notice { border: 1px solid currentColor; border-radius: var(--radius); padding: .6rem .9rem; margin: 1rem 0;
    overflow-wrap: anywhere }
  .notice.ok { color: var(--sea); background: var(--sea-soft) }
  .notice.go { color: var(--rust); background: var(--rust-soft) }
  .notice.held { color: var(--gold); background: var(--gold-soft) }
  .free { unicode-bidi: isolate; overflow-wrap: anywhere }
}`
