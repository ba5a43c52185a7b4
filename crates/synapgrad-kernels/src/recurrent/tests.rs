use super::*;

/// Numbers between −½ and ½ without order.
fn some(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as f64 / (1u64 << 31) as f64 - 0.5
    };
    (0..n).map(|_| next()).collect()
}

/// What the two passes write.
fn run(plan: &Plan) -> Vec<Vec<f64>> {
    let (rows, batch, hidden, out, wide) = (plan.rows(), plan.batch, plan.hidden, plan.out, plan.wide());
    let (lstm, gru, projected) = (plan.mode == Mode::Lstm, plan.mode == Mode::Gru, out != hidden);
    let wanted = |wanted: bool, n: usize| if wanted { n } else { 0 };
    let (hh, hr, bias) = (some(wide * out, 1), some(out * hidden, 2), some(wide, 3));
    let weights = Weights { hh: &hh, hr: projected.then_some(&hr[..]), bias: gru.then_some(&bias[..]) };
    let (h0, c0) = (some(batch * out, 4), some(wanted(lstm, batch * hidden), 5));
    let (mut gates, mut y, mut h, mut c) = (some(rows * wide, 6), vec![0.0; rows * out], h0.clone(), c0.clone());
    let mut cells = vec![0.0; wanted(lstm, rows * hidden)];
    let mut aside = vec![0.0; wanted(gru || projected, rows * hidden)];
    let written = Written { gates: &mut gates, y: &mut y, cells: &mut cells, aside: &mut aside, h: &mut h, c: &mut c };
    forward(plan, weights, written).unwrap();
    let (mut dh, mut dc) = (some(batch * out, 7), some(wanted(lstm, batch * hidden), 8));
    let (mut slopes, mut inner) = (vec![0.0; rows * wide], vec![0.0; wanted(gru, rows * wide)]);
    let (mut outputs, dy) = (vec![0.0; wanted(projected, rows * out)], some(rows * out, 9));
    let kept = Kept { gates: &gates, y: &y, cells: &cells, aside: &aside, h0: &h0, c0: &c0 };
    let by = Slopes { h: &mut dh, c: &mut dc, gates: &mut slopes, inner: &mut inner, outputs: &mut outputs };
    backward(plan, weights, kept, Some(&dy), by).unwrap();
    vec![y, h, c, slopes, inner, outputs, dh, dc]
}

#[test]
fn the_number_of_threads_does_not_show() {
    let sizes: Vec<usize> = [vec![13; 20], vec![7; 9], vec![2; 11]].concat();
    for (mode, out) in [(Mode::Tanh, 50), (Mode::Relu, 50), (Mode::Gru, 50), (Mode::Lstm, 50), (Mode::Lstm, 33)] {
        for reverse in [false, true] {
            let plan = Plan::new(mode, 50, out, &sizes, reverse);
            let with = |n: usize| parallel::with_threads(n, || run(&plan));
            let alone = with(1);
            assert!(alone[3].iter().all(|x| x.is_finite()));
            for threads in [2, 3] {
                assert_eq!(with(threads), alone, "{mode:?}, {threads} threads");
            }
        }
    }
}

#[test]
fn steps_and_what_they_go_on_from() {
    let of: Vec<usize> = (10..16).collect();
    let mut to = [0; 6];
    let plan = Plan::new(Mode::Tanh, 1, 1, &[3, 2, 1], false);
    plan.befores(&of, &[0, 1, 2], 1, &mut to);
    assert_eq!(to, [0, 1, 2, 10, 11, 13]);
    let plan = Plan::new(Mode::Tanh, 1, 1, &[3, 2, 1], true);
    assert_eq!((plan.rows(), plan.batch, plan.carried(1), plan.carried(2)), (6, 3, 1, 2));
    plan.befores(&of, &[0, 1, 2], 1, &mut to);
    assert_eq!(to, [13, 14, 2, 15, 1, 0]);
}
