/* Between the page and the generated closed forms: loops over games, and what Python's library functions return.
   Stands inside the function that holds the generated code. No formula of a game is written here. */

const solveOneNative = (game) => {
  const d = kernel_decisive_quantitiesNative(game);
  const packed = kernel_decideNative(d);
  return { d, packed, margin: kernel_knife_edge_distanceNative(game.loss_low - game.loss_high, d) };
};
const linesOf = (packed) => {
  let n = 0;
  for (let row = 0; row < 9; row++) n += (packed >> row) & 1;
  return n;
};
/** As theory.talks.kernel.solve_array: all components of many games, in floats. */
function solveArray(games) {
  const n = games.prior_high.length;
  const columns = Array.from({ length: 10 }, () => []);
  const flags = [], margins = [];
  for (let k = 0; k < n; k++) {
    const game = new talks_TalksColumns(...Array.from(games, (column) => np.asarray(column).data[k]));
    const { packed, margin } = solveOneNative(game);
    margins.push(margin);
    const lines = linesOf(packed), values = new Float64Array(10 * lines);
    kernel_fill_componentsNative(packed, values, game);
    for (let line = 0; line < lines; line++) for (let c = 0; c < 10; c++) columns[c].push(values[10 * line + c]);
    for (let row = 0; row < 9; row++)
      for (let column = 0; column < 3; column++) flags.push(Boolean((packed >> (9 * column + row)) & 1));
  }
  return [
    new columns_ComponentColumns(...columns.map((c) => np.asarray(c))),
    new NDArray([n, 9, 3], flags),
    np.asarray(margins),
  ];
}
const componentOf = (packed, row, numbers) => {
  const v = new columns_ComponentColumns(...numbers);
  return {
    name: ROWS[row],
    row,
    offer_high: v.offer_high,
    offer_low: v.offer_low,
    escalate_after_offer: [v.escalate_after_offer_min, v.escalate_after_offer_max],
    escalate_after_fight: [v.escalate_after_fight_min, v.escalate_after_fight_max],
    belief_after_offer: [v.belief_after_offer_min, v.belief_after_offer_max],
    belief_after_fight: [v.belief_after_fight_min, v.belief_after_fight_max],
    d1: Boolean((packed >> (9 + row)) & 1),
    intuitive: Boolean((packed >> (18 + row)) & 1),
  };
};
const rowsOf = (packed) => ROWS.map((_, row) => row).filter((row) => (packed >> row) & 1);
/** As theory.talks.solve.solve_talks: exact, each parameter read as its shortest decimal. */
function solveTalks(parameters) {
  const p = new talks_TalksColumns(...FIELDS.map((name) => Fraction.of(parameters[name])));
  const d = kernel_decisive_quantities(p);
  const packed = kernel_decide(d);
  const rows = rowsOf(packed);
  const values = new NDArray([rows.length, 10], Array(10 * rows.length).fill(0));
  kernel_fill_components(packed, values, p);
  const number = (x) => (x instanceof Fraction ? x.toNumber() : Number(x));
  const margin = kernel_knife_edge_distance(py.sub(p.loss_low, p.loss_high), d);
  const onEdge = number(margin) === 0 || [0, 1].includes(parameters.prior_high);
  return {
    equilibria: rows.map((row, line) => componentOf(packed, row, values.data.slice(10 * line, 10 * line + 10).map(number))),
    knife_edges: onEdge ? solve_knife_edges(p) : [],
    thresholds: solve_exact_thresholds(p).map(number),
    margin: number(margin),
    packed,
    why: ROWS.map((_, row) => {
      const ways = existence_ways_to_exist(row, d);
      return existence_nearest_way(ways).map((c) => ({ ...c, value: number(c.value) }));
    }),
  };
}
/** As theory.selection.talks.select_talks: what selection says of each component, with reasons. */
function selectTalks(parameters, solution) {
  const edges = solution.knife_edges.length ? solution.knife_edges
    : solution.margin < NEAR_KNIFE_EDGE ? [`compared numbers differ by less than ${NEAR_KNIFE_EDGE}`] : [];
  if (edges.length) return { components: [], knife_edges: edges, logit_limit: null };
  const terms = terms_Terms.of(new talks_TalksColumns(...FIELDS.map((name) => np.asarray([Number(parameters[name])]))));
  const index = py.get(indices_component_indices(terms), [0]);
  const explorations = [new exploration_ConstantRates(), new exploration_LogitLimit()];
  const found = explorations.map((one) => exploration_sustained(terms, one));
  const labels = py.get(stability_stability(terms), [0]);
  const components = rowsOf(solution.packed).map((row) => ({
    name: ROWS[row],
    index: py.get(index, [row]),
    get index_reason() { return reasons_index_reason(terms, row); }, // words only where they are read
    sustained: explorations.map((one, k) => {
      const holds = py.get(found[k].sustained, [0, row]);
      const pair = (table) => (holds ? py.get(table, [0, row]).data : [null, null]);
      return {
        exploration: one.name,
        holds,
        offers: pair(found[k].offers),
        replies: pair(found[k].replies),
        beliefs: pair(found[k].beliefs),
        get reason() { return reasons_exploration_reason(terms, row, one, found[k]); },
      };
    }),
    stability: DYNAMICS.map((dynamics, place) => ({
      dynamics,
      label: LABELS[py.get(labels, [row, place])],
      get reason() { return reasons_stability_reason(terms, row, place); },
    })),
  }));
  const positive = components.filter((c) => c.index > 0);
  return { components, knife_edges: [], logit_limit: positive.length === 1 ? positive[0].name : null };
}
/** As theory.talks.regions.region_map: packed flags at the centres of the cells, -1 where the types are not ordered. */
function regionMap(base, x, y, xRange, yRange, nx, ny) {
  const game = new talks_TalksColumns(...FIELDS.map((name) => base[name]));
  const cells = new Int32Array(nx * ny);
  for (let j = 0; j < ny; j++) {
    game[y] = yRange[0] + ((yRange[1] - yRange[0]) * (j + 0.5 + OFF_CENTRE)) / ny;
    for (let i = 0; i < nx; i++) {
      game[x] = xRange[0] + ((xRange[1] - xRange[0]) * (i + 0.5 + OFF_CENTRE)) / nx;
      cells[j * nx + i] =
        game.loss_high < game.loss_low ? kernel_decideNative(kernel_decisive_quantitiesNative(game)) : -1;
    }
  }
  return cells;
}
/** As theory.talks.demonstration.demonstration_flags, of one game: two forms, each exists and survives D1. */
function demonstrationFlags(parameters) {
  const bits = demonstration_decide_demonstrationNative(
    new demonstration_DemonstrationColumns(...DEMONSTRATION_FIELDS.map((name) => parameters[name])));
  return { fights: Boolean(bits & 1), offers: Boolean(bits & 2), fightsD1: Boolean(bits & 4), offersD1: Boolean(bits & 8) };
}
/** The sender's payoffs of both types, and the receiver's, where a message is held on or escalated on. */
function payoffs(parameters, message, escalated) {
  const [state, action] = REPLIES[message][escalated ? 1 : 0];
  return talks_payoffs({ parameters }, state, action).map((part) => part.data);
}
