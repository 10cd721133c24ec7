//! The bytes that a peer sends, stopped as soon as a frame announces that it will be too long.
//!
//! The codec behind it looks at a frame's length only when all of it has arrived, so that without this a peer could
//! make it hold any amount of memory.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    error::PayloadError,
    web::{Bytes, Payload},
};
use futures_util::{Stream, StreamExt as _};

/// Longest frame, and longest message of several frames, in bytes.
pub const FRAME_LIMIT: usize = 4096;

/// What a peer sends, shared by the codec, which reads it, and the session, which drains it when it closes.
#[derive(Clone)]
pub struct Inbound(Rc<Shared>);

struct Shared {
    payload: RefCell<Payload>,
    meter: Cell<Meter>,
    overlong: Cell<bool>,
}

impl Inbound {
    /// What comes in behind the upgrade.
    pub fn new(payload: Payload) -> Self {
        let (meter, overlong) = (Cell::new(Meter::default()), Cell::new(false));
        Self(Rc::new(Shared { payload: RefCell::new(payload), meter, overlong }))
    }

    /// Whether it was stopped for the length of a frame.
    pub fn is_overlong(&self) -> bool {
        self.0.overlong.get()
    }

    /// Reads and drops what still comes, until the peer has closed or time is up. A connection that is closed with
    /// unread bytes is reset, and the peer may never see why.
    pub async fn drain(self, patience: Duration) {
        let drained = std::future::poll_fn(|cx| {
            let Ok(mut payload) = self.0.payload.try_borrow_mut() else { return Poll::Ready(()) };
            loop {
                match payload.poll_next_unpin(cx) {
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Ready(_) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        // Either way the connection is closed next.
        let _ = tokio::time::timeout(patience, drained).await;
    }
}

impl Stream for Inbound {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let shared = &self.0;
        let Ok(mut payload) = shared.payload.try_borrow_mut() else { return Poll::Ready(None) };
        payload.poll_next_unpin(cx).map(|item| {
            let chunk = match item? {
                Ok(chunk) => chunk,
                Err(error) => return Some(Err(error)),
            };
            let meter = shared.meter.get().after(&chunk);
            shared.meter.set(meter.unwrap_or_default());
            shared.overlong.set(shared.overlong.get() || meter.is_none());
            Some(if shared.overlong.get() { Err(PayloadError::Overflow) } else { Ok(chunk) })
        })
    }
}

/// Follows the frames of a stream (RFC 6455, 5.2) far enough to know their lengths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Meter {
    /// At the first byte of a frame.
    #[default]
    Start,
    /// At the byte with the mask bit and the short length.
    Length,
    /// Within a long length.
    LongLength { bytes_left: u8, length: u64, masked: bool },
    /// Within mask and payload.
    Payload { bytes_left: usize },
}

impl Meter {
    /// Where it stands behind these bytes; `None` if they announce a frame over the limit.
    fn after(self, mut bytes: &[u8]) -> Option<Self> {
        let mut meter = self;
        loop {
            if let Self::Payload { bytes_left } = meter {
                let skipped = bytes_left.min(bytes.len());
                bytes = bytes.get(skipped..).unwrap_or_default();
                meter = if skipped == bytes_left {
                    Self::Start
                } else {
                    Self::Payload { bytes_left: bytes_left - skipped }
                };
            }
            let Some((&byte, rest)) = bytes.split_first() else { return Some(meter) };
            if !matches!(meter, Self::Payload { .. }) {
                bytes = rest;
                meter = meter.step(byte)?;
            }
        }
    }

    fn step(self, byte: u8) -> Option<Self> {
        match self {
            Self::Start => Some(Self::Length),
            Self::Length => {
                let masked = byte & 0x80 != 0;
                match byte & 0x7f {
                    126 => Some(Self::LongLength { bytes_left: 2, length: 0, masked }),
                    127 => Some(Self::LongLength { bytes_left: 8, length: 0, masked }),
                    length => Self::payload(u64::from(length), masked),
                }
            }
            Self::LongLength { bytes_left, length, masked } => {
                let length = length << 8 | u64::from(byte);
                match bytes_left - 1 {
                    0 => Self::payload(length, masked),
                    bytes_left => Some(Self::LongLength { bytes_left, length, masked }),
                }
            }
            payload @ Self::Payload { .. } => Some(payload),
        }
    }

    fn payload(length: u64, masked: bool) -> Option<Self> {
        let length = usize::try_from(length).ok().filter(|&length| length <= FRAME_LIMIT)?;
        Some(Self::Payload { bytes_left: length + if masked { 4 } else { 0 } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize) -> Vec<u8> {
        let mut frame = vec![0x81];
        match length {
            0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
            126..65_536 => {
                frame.push(0x80 | 0x7e);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 0x7f);
                frame.extend(u64::try_from(length).unwrap().to_be_bytes());
            }
        }
        frame.extend([0xff; 4]);
        frame.resize(frame.len() + length, 0xff);
        frame
    }

    #[test]
    fn frames_up_to_the_limit_pass_however_they_are_cut() {
        let stream: Vec<u8> = [0, 1, 125, 126, 4095, FRAME_LIMIT, 3].into_iter().flat_map(frame).collect();
        assert_eq!(Meter::default().after(&stream), Some(Meter::Start));
        for size in [1, 2, 3, 7, 1000] {
            let meter = stream.chunks(size).try_fold(Meter::default(), Meter::after);
            assert_eq!(meter, Some(Meter::Start), "in chunks of {size}");
        }
    }

    #[test]
    fn a_frame_over_the_limit_is_refused_at_its_header() {
        for length in [FRAME_LIMIT + 1, 65_535, 65_536, 1 << 30] {
            let mut header = frame(length.min(65_536));
            header.truncate(10);
            if length > 65_536 {
                header.splice(2..10, u64::try_from(length).unwrap().to_be_bytes());
            }
            assert_eq!(Meter::default().after(&header), None, "{length}");
        }
        assert_eq!(Meter::default().after(&[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
