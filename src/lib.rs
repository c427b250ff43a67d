//! ringtrue
